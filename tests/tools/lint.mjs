// Holds schema.graphql to every rule of @graphql-eslint for schemas and for Relay; what is switched off says why.

import * as plugin from '@graphql-eslint/eslint-plugin';
import { Linter } from 'eslint';
import { read, schemaFile, tell } from './common.mjs';

const { configs, parser } = plugin.default;
const all = { ...configs['flat/schema-all'].rules, ...configs['flat/schema-relay'].rules };

// Documents written for GitLab name these.
const gitlabs = ['AccessLevelEnum', 'MemberInterface', 'PendingMemberInterface', 'InvitationInterface', 'PreviewBillableUserChange'];
const [, names] = all['@graphql-eslint/naming-convention'];
const named = (ending, style = {}) => ({ ...style, ignorePattern: `^(${gitlabs.join('|')})$`, forbiddenSuffixes: [ending] });

const rules = {
  ...all,
  '@graphql-eslint/naming-convention': [
    'error',
    {
      ...names,
      // Federation's `_entities`, `_service`, `_Entity`, `_Any` and `_Service`.
      allowLeadingUnderscore: true,
      'EnumTypeDefinition,EnumTypeExtension': named('Enum'),
      'InterfaceTypeDefinition,InterfaceTypeExtension': named('Interface'),
      'FieldDefinition[parent.name.value=Query]': { ...names['FieldDefinition[parent.name.value=Query]'], ignorePattern: '^queryComplexity$' },
      // GitLab spells the states of users, and the first sorts of its members, in small letters.
      EnumValueDefinition: { style: 'UPPER_CASE', ignorePattern: '^(active|blocked|deactivated|banned|ldap_blocked|blocked_pending_approval|(created|updated)_(asc|desc))$' },
    },
  ],
  // `created_asc` beside `CREATED_ASC`, as GitLab has them.
  '@graphql-eslint/unique-enum-value-names': 'off',
  // GitLab's `Group.groupMembers` and `Project.projectMembers`, `User.username`.
  '@graphql-eslint/no-typename-prefix': 'off',
  // Deprecations are dated by version, as GitLab's; there is no calendar of their ends.
  '@graphql-eslint/require-deprecation-date': 'off',
  // GitLab's payloads have none, and a client can put any query beside its mutation's answer by a second operation.
  '@graphql-eslint/require-field-of-type-query-in-mutation-result': 'off',
  // Fields stand in the order in which they are looked for, connections in Relay's.
  '@graphql-eslint/alphabetize': 'off',
  // Only what `node` finds has an id: a level, a payload or a page is a value.
  '@graphql-eslint/strict-id-in-types': 'off',
  // There are mutations.
  '@graphql-eslint/no-root-type': 'off',
  // Lists that end by themselves are lists: `nodes` beside `edges`, errors, results, the grants of one member.
  '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
};

// Single places, by what is said of them.
const meant = new Map([
  // Federation wants it so.
  ['Unexpected non-null result type "_Service" in type "Query"', false],
  // `PersonalAccessTokenIdInput` is shared with the revocation, which has no end to set.
  ['Input "expiresAt" should be named "input" for "Mutation.personalAccessTokenRotate"', false],
]);

const config = {
  files: ['**/*.graphql'],
  plugins: { '@graphql-eslint': plugin.default },
  languageOptions: { parser, parserOptions: { graphQLConfig: { schema: schemaFile } } },
  rules,
};
const said = new Linter().verify(read(schemaFile), config, { filename: 'schema.graphql' });
const found = said.filter(({ message }) => {
  const isMeant = meant.has(message);
  if (isMeant) {
    meant.set(message, true);
  }
  return !isMeant;
});
const idle = [...meant].filter(([, found]) => !found).map(([message]) => `nobody says any more: ${message}`);
tell('@graphql-eslint', [...found.map(({ ruleId, line, message }) => `schema.graphql:${line} ${message} (${ruleId})`), ...idle]);
