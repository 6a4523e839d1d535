import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { createRoot } from 'react-dom/client';

import './workers.js';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './playground.css';

import { GRAPH_PATH, credentials, fetchAsCaller, takeTokenFromAddress } from '../caller.js';
import { EXAMPLES_PLUGIN } from './examples-panel.jsx';
import { examples } from './guide.js';
import { Header } from './header.jsx';
import { variablesText } from './variables.js';

const TABS_AT_FIRST = 6;

const fetchByKind = createGraphiQLFetcher({
  url: GRAPH_PATH,
  fetch: fetchAsCaller,
  enableIncrementalDelivery: false,
  wsClient: createClient({
    url: location.origin.replace(/^http/, 'ws') + GRAPH_PATH,
    connectionParams: credentials,
  }),
});

/** GraphiQL parses the text a moment after it was changed: a subscription that is run at once would go by HTTP. */
function fetcher(params, options) {
  return fetchByKind(params, { ...options, documentAST: documentOf(params.query) ?? options?.documentAST });
}

/** None for a text that is no document: the server says what is wrong with it. */
function documentOf(query) {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

const plugins = [EXAMPLES_PLUGIN, HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

const defaultTabs = examples
  .slice(0, TABS_AT_FIRST)
  .map(({ query, variables }) => ({ query, variables: variablesText(variables) }));

// GraphiQL's defaults give the panel a third of the page and the variables a quarter of the column: no room for the query.
const LAYOUT = { 'graphiql:docExplorerFlex': '0.28', 'graphiql:secondaryEditorFlex': '4.5' };

// Other GraphiQLs of the same origin (localhost has many over the years) keep their tabs under the same keys.
const storage = {
  getItem: (key) => localStorage.getItem(`roster:${key}`) ?? LAYOUT[key] ?? null,
  setItem: (key, value) => localStorage.setItem(`roster:${key}`, value),
  removeItem: (key) => localStorage.removeItem(`roster:${key}`),
  clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return ownKeys().length;
  },
};

function ownKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith('roster:'));
}

function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={plugins}
      visiblePlugin={EXAMPLES_PLUGIN}
      defaultTabs={defaultTabs}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <Header />
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

takeTokenFromAddress();
createRoot(document.getElementById('playground')).render(<Playground />);
