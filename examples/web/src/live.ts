import { useApolloClient, useReactiveVar } from '@apollo/client/react';
import { useEffect, useEffectEvent } from 'react';

import { isConnected } from './client';
import { MEMBER_EVENTS } from './documents';
import type { MemberEventsSubscription } from './gql/graphql';

export type MemberEvent = MemberEventsSubscription['memberUpdated'];

const AGAIN_AFTER_MS = 1_000;

/**
 * Follows the members of a group for as long as the component is shown, and answers whether the connection is open.
 * After a lost one it goes on behind the last event, so that none is missed; when that is not possible, `onGap` is told.
 */
export function useMemberEvents(group: string, onEvent: (event: MemberEvent) => void, onGap: () => void): boolean {
  const client = useApolloClient();
  const tell = useEffectEvent(onEvent);
  const tellGap = useEffectEvent(onGap);

  useEffect(() => {
    let after: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let subscription: { unsubscribe(): void } | undefined;

    function follow() {
      subscription = client.subscribe({ query: MEMBER_EVENTS, variables: { group, after } }).subscribe({
        next: ({ data, error }) => {
          if (data) {
            after = data.memberUpdated.cursor;
            tell(data.memberUpdated);
          } else if (error) {
            // The server refused: the cursor is too old, or the right is gone. A new list tells which.
            after = null;
            again();
          }
        },
        error: again,
        complete: again,
      });
    }

    function again() {
      // Whoever saw no event has no place to go on behind.
      if (after === null) tellGap();
      subscription?.unsubscribe();
      clearTimeout(timer);
      timer = setTimeout(follow, AGAIN_AFTER_MS);
    }

    follow();
    return () => {
      clearTimeout(timer);
      subscription?.unsubscribe();
    };
  }, [client, group]);

  return useReactiveVar(isConnected);
}
