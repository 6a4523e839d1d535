import { graphql } from './gql';

graphql(`
  fragment MemberRow on MemberInterface {
    id
    user {
      id
      name
      username
    }
    accessLevel {
      integerValue
      stringValue
      humanAccess
    }
    isDirectMember
    source {
      __typename
      id
      fullPath
    }
    expiresAt
    state
  }
`);

export const MEMBERS = graphql(`
  query Members($group: ID!, $search: String, $after: String) {
    group(fullPath: $group) {
      id
      fullName
      maxAccessLevel {
        integerValue
      }
      groupMembers(
        first: 8
        after: $after
        search: $search
        sort: USER_FULL_NAME_ASC
        relations: [DIRECT, INHERITED, SHARED_FROM_GROUPS]
      ) {
        count
        edges {
          node {
            ...MemberRow
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export const WHY = graphql(`
  query Why($group: ID!, $user: UserID!) {
    group(fullPath: $group) {
      id
      effectiveAccess(userId: $user) {
        explanation
        grants {
          kind
          accessLevel {
            humanAccess
          }
          via {
            __typename
            id
            fullPath
          }
          counts
          ignoredBecause
          expiresAt
        }
      }
    }
  }
`);

export const INVITE = graphql(`
  mutation Invite($input: MemberInviteInput!, $key: String!) {
    memberInvite(input: $input) @idempotent(key: $key) {
      results {
        invitee
        member {
          ...MemberRow
        }
        invitation {
          id
          email
        }
        userErrors {
          code
          message
        }
      }
      userErrors {
        code
        message
      }
    }
  }
`);

export const CHANGE_LEVEL = graphql(`
  mutation ChangeLevel($id: MemberID!, $level: MemberAccessLevel!) {
    memberUpdate(input: { id: $id, accessLevel: $level }) {
      member {
        ...MemberRow
      }
      userErrors {
        code
        message
      }
    }
  }
`);

export const MEMBER_EVENTS = graphql(`
  subscription MemberEvents($group: ID!, $after: String) {
    memberUpdated(fullPath: $group, after: $after) {
      cursor
      type
      user {
        id
        name
      }
      member {
        ...MemberRow
      }
      invitation {
        id
        email
      }
    }
  }
`);
