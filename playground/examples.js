// The example queries of both explorers: the tabs and the panel of GraphiQL, the list of the plain page.
// A tab is called by the name of its operation, so each has one. Paths are those of the demo world.

export const examples = [
  {
    title: 'Who am I?',
    about: 'The caller behind the token, and every group and project that lists them.',
    query: `query WhoAmI {
  currentUser {
    username
    name
    groupMemberships(first: 10) {
      count
      nodes {
        accessLevel { stringValue }
        group { fullPath }
        expiresAt
      }
    }
    projectMemberships(first: 10) {
      count
      nodes {
        accessLevel { stringValue }
        project { fullPath }
        expiresAt
      }
    }
  }
}
`,
  },
  {
    title: 'Members of a group',
    about: 'Direct, inherited and shared members, each with the level that counts and the source it comes from.',
    query: `query GroupMembers($group: ID!) {
  group(fullPath: $group) {
    fullName
    groupMembers(
      first: 20
      sort: ACCESS_LEVEL_DESC
      relations: [
        DIRECT
        INHERITED
        SHARED_FROM_GROUPS
      ]
    ) {
      count
      nodes {
        user { username name }
        accessLevel { stringValue }
        isDirectMember
        source { fullPath }
        memberRole { name }
        createdBy { username }
        expiresAt
      }
    }
  }
  queryComplexity { score limit }
}
`,
    variables: { group: 'lighthouse/platform' },
  },
  {
    title: 'A group and all below it',
    about: 'The whole hierarchy in one request: subgroups and projects, with how many people each one has.',
    query: `query Hierarchy($group: ID!) {
  group(fullPath: $group) {
    fullPath
    groupMembersCount
    descendantGroups(first: 20) {
      count
      nodes {
        fullPath
        parent { fullPath }
        visibility
        groupMembersCount
        maxAccessLevel { stringValue }
      }
    }
    projects(first: 20, includeSubgroups: true) {
      count
      nodes {
        fullPath
        visibility
        projectMembers(first: 1) { count }
      }
    }
  }
}
`,
    variables: { group: 'lighthouse' },
  },
  {
    title: 'Members of a project',
    about: 'Everybody who reaches a project, also by way of the groups it is shared with.',
    query: `query ProjectMembers($project: ID!) {
  project(fullPath: $project) {
    nameWithNamespace
    maxAccessLevel { stringValue }
    projectMembers(
      first: 20
      relations: [
        DIRECT
        INHERITED
        INVITED_GROUPS
        SHARED_INTO_ANCESTORS
      ]
    ) {
      count
      nodes {
        user { username name state }
        accessLevel { stringValue }
        isDirectMember
        source { fullPath }
        createdBy { username }
        expiresAt
      }
    }
  }
}
`,
    variables: { project: 'lighthouse/platform/identity/gateway' },
  },
  {
    title: 'One page after another',
    about: 'Copy endCursor into the variable "after" for the next page. The last page costs what the first one costs.',
    query: `query Page($group: ID!, $after: String) {
  group(fullPath: $group) {
    groupMembers(first: 3, after: $after, sort: USER_FULL_NAME_ASC) {
      edges {
        cursor
        node {
          user { name }
          accessLevel { stringValue }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`,
    variables: { group: 'lighthouse', after: null },
  },
  {
    title: 'Anything by its id',
    about: 'Global ids lead back to their objects. What you may not see looks like what does not exist: null.',
    query: `query ById($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    id
    ... on UserCore { username }
    ... on Group { fullPath }
    ... on Project { fullPath }
    ... on GroupMember {
      user { username }
      accessLevel { stringValue }
      group { fullPath }
    }
  }
}
`,
    variables: {
      ids: ['gid://gitlab/User/2', 'gid://gitlab/Group/2', 'gid://gitlab/GroupMember/9', 'gid://gitlab/Group/999999'],
    },
  },
  {
    title: 'Invite, in rehearsal',
    about: 'What would become of each invitee. Nothing is stored until dryRun is false; then the key makes it safe to send again.',
    query: `mutation Invite($input: MemberInviteInput!) {
  memberInvite(input: $input) @idempotent(key: "a-name-for-this-change") {
    results {
      invitee
      member {
        user { name }
        accessLevel { stringValue }
        expiresAt
      }
      userErrors { code message path }
    }
  }
}
`,
    variables: {
      input: {
        source: { fullPath: 'lighthouse/platform' },
        accessLevel: 'REPORTER',
        expiresAt: '2030-06-30',
        invitees: [{ username: 'jakub' }, { email: 'farah@example.com' }, { username: 'nobody' }],
        dryRun: true,
      },
    },
  },
  {
    title: 'Who owns what',
    about: 'The owners of every top-level group you can see.',
    query: `query Owners {
  groups(topLevelOnly: true, first: 10) {
    nodes {
      fullPath
      visibility
      groupMembers(accessLevels: [OWNER], first: 10) {
        count
        nodes {
          user { username name lastActivityOn }
        }
      }
    }
  }
}
`,
  },
  {
    title: 'Why does somebody get in?',
    about: 'Every membership and share that leads a user to a project, what each gives, and which one decides.',
    query: `query Why($project: ID!, $user: UserID!) {
  project(fullPath: $project) {
    effectiveAccess(userId: $user) {
      explanation
      accessLevel { stringValue }
      expiresAt
      decidedBy { kind }
      grants {
        kind
        accessLevel { stringValue }
        cappedFrom { stringValue }
        via { fullPath }
        member { source { fullPath } createdBy { username } }
        expiresAt
        counts
        ignoredBecause
      }
    }
  }
}
`,
    variables: { project: 'lighthouse/platform/identity/gateway', user: 'gid://gitlab/User/12' },
  },
];
