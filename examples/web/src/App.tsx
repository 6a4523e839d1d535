import { ApolloProvider } from '@apollo/client/react';
import { useMemo, useState } from 'react';

import { connect } from './client';
import { Members } from './Members';

interface Place {
  token: string;
  group: string;
}

/** Asks for a token and a group, then shows its members. Both live as long as the tab. */
export function App() {
  const [place, setPlace] = useState<Place | null>(() => JSON.parse(sessionStorage.getItem('place') ?? 'null'));

  function open(place: Place | null) {
    sessionStorage.setItem('place', JSON.stringify(place));
    setPlace(place);
  }

  if (!place) return <Entry onOpen={open} />;
  return <Page key={`${place.token} ${place.group}`} {...place} onLeave={() => open(null)} />;
}

function Page({ token, group, onLeave }: Place & { onLeave: () => void }) {
  const client = useMemo(() => connect(token), [token]);
  return (
    <ApolloProvider client={client}>
      <Members group={group} onLeave={onLeave} />
    </ApolloProvider>
  );
}

function Entry({ onOpen }: { onOpen: (place: Place) => void }) {
  return (
    <main className="entry">
      <h1>Members</h1>
      <form
        action={(form) => onOpen({ token: String(form.get('token')).trim(), group: String(form.get('group')).trim() })}
      >
        <label>
          Access token
          <input name="token" required autoComplete="off" placeholder="demo-ada" />
        </label>
        <label>
          Group
          <input name="group" required placeholder="lighthouse/platform" />
        </label>
        <button>Show its members</button>
      </form>
    </main>
  );
}
