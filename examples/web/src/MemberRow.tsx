import { useMutation } from '@apollo/client/react';
import { useState } from 'react';

import { CHANGE_LEVEL } from './documents';
import type { MemberAccessLevel, MemberRowFragment } from './gql/graphql';
import { Why } from './Why';

const LEVELS: [MemberAccessLevel, string][] = [
  ['GUEST', 'Guest'],
  ['PLANNER', 'Planner'],
  ['REPORTER', 'Reporter'],
  ['DEVELOPER', 'Developer'],
  ['MAINTAINER', 'Maintainer'],
  ['OWNER', 'Owner'],
];

interface Props {
  member: MemberRowFragment;
  group: string;
  editable: boolean;
}

/** One member; the level of a direct one can be changed by whoever owns the group. */
export function MemberRow({ member, group, editable }: Props) {
  const [change, { loading }] = useMutation(CHANGE_LEVEL);
  const [fault, setFault] = useState<string | null>(null);
  const [explained, setExplained] = useState(false);
  const { user, accessLevel, source, expiresAt, state } = member;
  if (!user) return null;

  async function changeTo(level: MemberAccessLevel) {
    const { data, error } = await change({ variables: { id: member.id, level }, errorPolicy: 'all' });
    setFault(error?.message ?? data?.memberUpdate?.userErrors[0]?.message ?? null);
  }

  return (
    <>
      <tr>
        <th scope="row">
          {user.name} <small>@{user.username}</small>
          {state === 'AWAITING' && <small className="badge">waits for approval</small>}
        </th>
        <td>
          {editable ? (
            <select
              aria-label={`Level of ${user.name}`}
              value={accessLevel?.stringValue ?? ''}
              disabled={loading}
              onChange={(event) => void changeTo(event.target.value as MemberAccessLevel)}
            >
              {LEVELS.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          ) : (
            accessLevel?.humanAccess
          )}
        </td>
        <td>{member.isDirectMember ? 'here' : source.fullPath}</td>
        <td>{expiresAt ?? 'no end'}</td>
        <td>
          <button className="quiet" aria-expanded={explained} onClick={() => setExplained(!explained)}>
            Why? <span className="spoken">{user.name}</span>
          </button>
        </td>
      </tr>
      {(fault || explained) && (
        <tr className="more">
          <td colSpan={5}>
            {fault && <p role="alert">{fault}</p>}
            {explained && <Why key={accessLevel?.stringValue} group={group} user={user.id} />}
          </td>
        </tr>
      )}
    </>
  );
}
