import { useQuery } from '@apollo/client/react';

import { WHY } from './documents';

/** Why a user has the level that they have in a group: every way that leads there, those that count first. */
export function Why({ group, user }: { group: string; user: string }) {
  const { data, error } = useQuery(WHY, { variables: { group, user }, fetchPolicy: 'network-only' });
  if (error) return <p role="alert">{error.message}</p>;
  const access = data?.group?.effectiveAccess;
  if (!data) return <p role="status">Looking…</p>;
  if (!access) return <p>Only who may see the members is told.</p>;
  return (
    <>
      <p>{access.explanation}</p>
      <ul>
        {access.grants.map((grant, index) => (
          <li key={index} className={grant.counts ? undefined : 'ignored'}>
            {grant.accessLevel.humanAccess} by {inWords(grant.kind)} {grant.via.map(({ fullPath }) => fullPath).join(' → ')}
            {grant.expiresAt && `, until ${grant.expiresAt}`}
            {grant.ignoredBecause && ` (does not count: ${inWords(grant.ignoredBecause)})`}
          </li>
        ))}
      </ul>
    </>
  );
}

function inWords(constant: string): string {
  return constant.toLowerCase().replaceAll('_', ' ');
}
