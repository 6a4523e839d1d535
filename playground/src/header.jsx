import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useState } from 'react';
import { createPortal } from 'react-dom';

import { rememberToken, token, whoAmI } from '../caller.js';

const SETTLED_AFTER_MS = 400;

/** The bar above GraphiQL: what this is, the token, and whom the server takes the caller for. */
export function Header() {
  const [value, setValue] = useState(token);
  const caller = useCaller(value);

  function change(event) {
    rememberToken(event.target.value);
    setValue(event.target.value);
  }

  return createPortal(
    <header className="roster-header">
      <h1>
        <img src="/-/graphql-explorer/favicon.svg" alt="" width="28" height="28" />
        roster
      </h1>
      <p>
        Who belongs where, with which access, and why. One graph, and <a href="/-/api-docs">a REST API</a>.
      </p>
      <form aria-label="Caller" onSubmit={(event) => event.preventDefault()}>
        <label htmlFor="token">PRIVATE-TOKEN</label>
        <input
          id="token"
          value={value}
          onChange={change}
          placeholder="paste a personal access token"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <output htmlFor="token" data-known={caller.known} data-refused={caller.refused ?? false}>
          {caller.text}
        </output>
      </form>
    </header>,
    document.body,
  );
}

/** Asks the server who it sees, once the typing has settled; and for the schema, where it was refused before. */
function useCaller(value) {
  const [caller, setCaller] = useState({ known: false, text: '' });
  const schemaRefused = useGraphiQL((state) => state.fetchError !== null);
  const { introspect } = useGraphiQLActions();

  useEffect(() => {
    let stale = false;
    const timer = setTimeout(async () => {
      const answer = await whoAmI();
      if (!stale) setCaller(answer);
    }, SETTLED_AFTER_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [value]);

  useEffect(() => {
    if (caller.text && !caller.refused && schemaRefused) introspect();
    // Only a new answer is a reason to try again: the schema may stay closed to this caller, too.
  }, [caller]);

  return caller;
}
