// What an application does with the generated types; it only has to compile.

import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';
import type { ChangeMutation, InviteMutationVariables, MembersQuery } from './graph.js';
import { MembersDocument, PreviewDocument, ThingsDocument, WhyDocument } from './graph.js';

export const asked: VariablesOf<typeof MembersDocument> = {
  path: 'acme',
  sort: 'ACCESS_LEVEL_DESC',
  relations: ['DIRECT', 'INHERITED'],
};

export const invitation: InviteMutationVariables = {
  input: {
    source: { fullPath: 'acme' },
    invitees: [{ email: 'ann@example.com' }, { username: 'ben' }, { userId: 'gid://gitlab/User/1' }],
    accessLevel: 'DEVELOPER',
  },
};

export const preview: VariablesOf<typeof PreviewDocument> = {
  path: 'acme',
  changes: [{ removeUserId: 'gid://gitlab/User/1' }],
};

// An input of one field takes one.
export const wrong: VariablesOf<typeof PreviewDocument> = {
  path: 'acme',
  // @ts-expect-error two at once
  changes: [{ removeUserId: 'gid://gitlab/User/1', update: { memberId: 'gid://gitlab/GroupMember/1' } }],
};

export function names(page: MembersQuery): string[] {
  const rows = page.group?.groupMembers?.nodes ?? [];
  return rows.map((row) => `${row.user?.name ?? 'somebody'}: ${row.accessLevel?.stringValue ?? 'nothing'}`);
}

export function place(page: ResultOf<typeof MembersDocument>): string | undefined {
  const [row] = page.group?.groupMembers?.nodes ?? [];
  return row?.__typename === 'GroupMember' ? row.group?.fullPath : undefined;
}

export function ignored(answer: ResultOf<typeof WhyDocument>): string[] {
  return (answer.namespace?.effectiveAccess?.grants ?? []).flatMap((grant) => grant.ignoredBecause ?? []);
}

export function users(answer: ResultOf<typeof ThingsDocument>): string[] {
  return answer.nodes.flatMap((node) => (node?.__typename === 'UserCore' ? node.username : []));
}

export function fault(answer: ChangeMutation): boolean {
  return answer.memberUpdate?.userErrors.some((error) => error.code === 'LAST_OWNER') ?? false;
}
