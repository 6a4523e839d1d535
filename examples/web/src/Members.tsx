import { NetworkStatus } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useState } from 'react';

import { MEMBERS } from './documents';
import { Invite } from './Invite';
import { type MemberEvent, useMemberEvents } from './live';
import { MemberRow } from './MemberRow';

const OWNER = 50;

/** The members of one group: direct, inherited and by way of other groups, one row a person. */
export function Members({ group, onLeave }: { group: string; onLeave: () => void }) {
  const [typed, setTyped] = useState('');
  const search = useDeferredValue(typed.trim()) || null;
  const { data, previousData, error, fetchMore, refetch, networkStatus } = useQuery(MEMBERS, {
    variables: { group, search },
    notifyOnNetworkStatusChange: true,
  });
  const [news, setNews] = useState<string[]>([]);

  // A level that changed is in the cache with the event itself, under the id of the row. Only who comes or goes needs the list anew.
  const live = useMemberEvents(
    group,
    (event) => {
      setNews((news) => [inWords(event), ...news].slice(0, 5));
      if (event.type !== 'MEMBER_UPDATED') void refetch();
    },
    () => void refetch(),
  );

  if (error) return <Notice text={error.message} onLeave={onLeave} />;
  const shown = (data ?? previousData)?.group;
  if (!shown) {
    if (networkStatus === NetworkStatus.ready) return <Notice text="There is no such group, or not for you." onLeave={onLeave} />;
    return <p role="status">Loading…</p>;
  }
  const { groupMembers, maxAccessLevel } = shown;
  const owns = (maxAccessLevel?.integerValue ?? 0) >= OWNER;

  return (
    <main>
      <header>
        <h1>{shown.fullName}</h1>
        <span className={live ? 'live' : 'waiting'} role="status">
          {live ? 'Live' : 'Connecting…'}
        </span>
        <button className="quiet" onClick={onLeave}>
          Another group
        </button>
      </header>

      <div className="tools">
        <label>
          Search
          <input type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />
        </label>
        {owns && <Invite group={group} onDone={refetch} />}
      </div>

      {groupMembers ? (
        <>
          <table>
            <caption>
              {groupMembers.count} {groupMembers.count === 1 ? 'member' : 'members'}
            </caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Level</th>
                <th scope="col">From</th>
                <th scope="col">Until</th>
                <th scope="col">
                  <span className="spoken">More</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {groupMembers.edges.map(({ node }) => (
                <MemberRow key={node.id} member={node} group={group} editable={owns && node.isDirectMember} />
              ))}
            </tbody>
          </table>
          {groupMembers.pageInfo.hasNextPage && (
            <button
              disabled={networkStatus === NetworkStatus.fetchMore}
              onClick={() => void fetchMore({ variables: { after: groupMembers.pageInfo.endCursor } })}
            >
              Show more
            </button>
          )}
        </>
      ) : (
        <p>Only who has a token may see who is in it.</p>
      )}

      <section aria-labelledby="news">
        <h2 id="news">What happens here</h2>
        {news.length === 0 ? (
          <p>Nothing yet. Change somebody in another window.</p>
        ) : (
          <ol className="news">
            {news.map((line, index) => (
              <li key={news.length - index}>{line}</li>
            ))}
          </ol>
        )}
      </section>
    </main>
  );
}

function inWords({ type, user, member, invitation }: MemberEvent): string {
  const who = user?.name ?? invitation?.email ?? 'Somebody';
  const what = type.toLowerCase().replaceAll('_', ' ');
  const level = member?.accessLevel?.humanAccess;
  return level ? `${who}: ${what}, now ${level}` : `${who}: ${what}`;
}

function Notice({ text, onLeave }: { text: string; onLeave: () => void }) {
  return (
    <main className="entry">
      <p role="alert">{text}</p>
      <button onClick={onLeave}>Another group</button>
    </main>
  );
}
