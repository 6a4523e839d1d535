import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';

import { operation } from '../examples.js';
import { examples } from './guide.js';
import { variablesText } from './variables.js';

export const EXAMPLES_PLUGIN = { title: 'Examples', icon: ExamplesIcon, content: ExamplesPanel };

function ExamplesPanel() {
  const openExample = useOpenExample();
  return (
    <section className="roster-examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>Each opens in a tab of its own. Ctrl-Enter runs it.</p>
      <ul>
        {examples.map((example) => (
          <li key={example.title}>
            <button type="button" onClick={() => openExample(example)}>
              <strong>{example.title}</strong>
              <span>{example.about}</span>
            </button>
          </li>
        ))}
      </ul>
      <a href="/-/graphql-explorer/licenses.txt" target="_blank" rel="noreferrer">
        GraphiQL and its parts: licences
      </a>
    </section>
  );
}

/** Goes to the tab of an example, or opens one. */
function useOpenExample() {
  const { addTab, changeTab, setOperationName } = useGraphiQLActions();
  const tabs = useGraphiQL((state) => state.tabs);
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);

  return ({ query, variables }) => {
    const { name } = operation(query);
    const open = tabs.findIndex((tab) => tab.title === name);
    if (open >= 0) {
      changeTab(open);
    } else {
      addTab();
      queryEditor?.setValue(query);
      variableEditor?.setValue(variablesText(variables));
    }
    // The editor reads the name a moment after the text; whoever runs at once would send the name of the tab before.
    setOperationName(name);
  };
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <path d="M9 6h11M9 12h11M9 18h7" />
      <circle cx="4.5" cy="6" r="1" />
      <circle cx="4.5" cy="12" r="1" />
      <circle cx="4.5" cy="18" r="1" />
    </svg>
  );
}
