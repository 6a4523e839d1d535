import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, makeVar } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

const PATH = '/api/graphql';

/** Whether the socket is open. */
export const isConnected = makeVar(false);

/** A client for whoever owns the token: queries and mutations by HTTP, subscriptions over a socket on the same path. */
export function connect(token: string): ApolloClient {
  const credentials = { 'PRIVATE-TOKEN': token };
  const socket = createClient({
    url: location.origin.replace(/^http/, 'ws') + PATH,
    connectionParams: credentials,
    // Who lost the socket starts again after the last event it saw, which only live.ts knows.
    retryAttempts: 0,
    on: { connected: () => isConnected(true), closed: () => isConnected(false) },
  });
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: PATH, headers: credentials }),
    ),
    cache: new InMemoryCache({
      possibleTypes: {
        MemberInterface: ['GroupMember', 'ProjectMember'],
        MemberSource: ['Group', 'Project'],
      },
      typePolicies: {
        Group: { fields: { groupMembers: relayStylePagination(['search', 'sort', 'relations']) } },
      },
    }),
  });
}
