import { useMutation } from '@apollo/client/react';
import { useState } from 'react';

import { INVITE } from './documents';
import type { InviteeInput } from './gql/graphql';

/** Invites people by address or user name, several with commas, and says what became of each. */
export function Invite({ group, onDone }: { group: string; onDone: () => unknown }) {
  const [invite, { loading }] = useMutation(INVITE);
  const [told, setTold] = useState<string[]>([]);

  async function send(form: FormData) {
    const invitees = String(form.get('who')).split(',').map((who) => who.trim()).filter(Boolean).map(invitee);
    const input = { source: { fullPath: group }, invitees, accessLevel: 'DEVELOPER' as const };
    // With the key the same call can be sent again when the answer got lost: it is done once.
    const { data, error } = await invite({ variables: { input, key: crypto.randomUUID() }, errorPolicy: 'all' });
    const results = data?.memberInvite?.results ?? [];
    setTold(error ? [error.message] : results.map(inWords));
    void onDone();
  }

  return (
    <form className="invite" action={send}>
      <label>
        Invite as developers
        <input name="who" required placeholder="address or user name, with commas" />
      </label>
      <button disabled={loading}>Invite</button>
      {told.length > 0 && (
        <ul role="status">
          {told.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </form>
  );
}

function invitee(who: string): InviteeInput {
  return who.includes('@') ? { email: who } : { username: who };
}

interface Result {
  invitee: string;
  member?: { state: string } | null;
  invitation?: { email: string } | null;
  userErrors: { message: string }[];
}

function inWords({ invitee, member, invitation, userErrors }: Result): string {
  if (userErrors[0]) return `${invitee}: ${userErrors[0].message}`;
  if (invitation) return `${invitee}: has mail`;
  return member?.state === 'AWAITING' ? `${invitee}: waits for approval` : `${invitee}: is a member`;
}
