// A members page as a Relay application writes it.
import { graphql } from 'react-relay';

// One page after the other, kept in the store under a name.
export const list = graphql`
  fragment members_list on Group
  @refetchable(queryName: "membersListQuery")
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 20 }
    after: { type: "String" }
    search: { type: "String" }
    sort: { type: "MemberSort", defaultValue: USER_FULL_NAME_ASC }
  ) {
    fullPath
    groupMembers(first: $first, after: $after, search: $search, sort: $sort)
      @connection(key: "members_groupMembers", filters: ["search", "sort"]) {
      count
      edges {
        cursor
        node {
          ...members_row
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

// In both directions.
export const invitations = graphql`
  fragment members_invitations on Project
  @refetchable(queryName: "membersInvitationsQuery")
  @argumentDefinitions(first: { type: "Int" }, after: { type: "String" }, last: { type: "Int" }, before: { type: "String" }) {
    invitations(first: $first, after: $after, last: $last, before: $before) @connection(key: "members_invitations") {
      edges {
        node {
          id
          email
          state
        }
      }
    }
  }
`;

// Refetched alone, by its id.
export const row = graphql`
  fragment members_row on GroupMember @refetchable(queryName: "membersRowQuery") {
    id
    accessLevel {
      stringValue
    }
    expiresAt
    user {
      username
      name
    }
    group {
      fullPath
    }
  }
`;

// Whatever kind of member it is.
export const either = graphql`
  fragment members_either on MemberInterface {
    accessLevel {
      integerValue
    }
    ...members_row @alias
    ... on ProjectMember {
      project {
        name
      }
    }
  }
`;

export const page = graphql`
  query membersPageQuery($path: ID!) {
    group(fullPath: $path) {
      ...members_list @arguments(first: 50)
    }
    node(id: "gid://gitlab/Project/1") {
      ...members_invitations @alias
    }
    currentUser {
      ...members_me
    }
  }
`;

export const me = graphql`
  fragment members_me on User {
    username
    groupMemberships(first: 10) {
      nodes {
        ...members_either
      }
    }
  }
`;

// Who is invited appears at the end of the list.
export const invite = graphql`
  mutation membersInviteMutation($input: MemberInviteInput!, $connections: [ID!]!) {
    memberInvite(input: $input) {
      results {
        invitee
        invitation @appendNode(connections: $connections, edgeTypeName: "InvitationEdge") {
          id
          email
          state
        }
        userErrors {
          code
          message
          path
        }
      }
    }
  }
`;

export const update = graphql`
  mutation membersUpdateMutation($input: MemberUpdateInput!) @raw_response_type {
    memberUpdate(input: $input) {
      member {
        __typename
        ...members_either
      }
      errors
    }
  }
`;

// Who is removed leaves it.
export const remove = graphql`
  mutation membersRemoveMutation($input: MemberRemoveInput!, $connections: [ID!]!) {
    memberRemove(input: $input) {
      member {
        id @deleteEdge(connections: $connections)
      }
      errors
    }
  }
`;
