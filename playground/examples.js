// The example queries of both explorers are those of the guide, in its order: the tabs and the panel of GraphiQL, the list of the plain page.

/** The sections of the guide that hold an operation: `{ title, about, query, variables }`. `about` is their first paragraph. */
export function examplesIn(guide) {
  return guide.split(/^## /m).slice(1).map(example).filter(({ query }) => query);
}

function example(section) {
  const [title, about] = section.split(/\n\n/, 2);
  const variables = fenced(section, 'json variables');
  return {
    title: title.trim(),
    about: about.replaceAll('`', '').replaceAll('\n', ' '),
    query: fenced(section, 'graphql'),
    variables: variables && JSON.parse(variables),
  };
}

function fenced(section, kind) {
  return section.split(`\`\`\`${kind}\n`)[1]?.split('```')[0];
}

/** How an operation is called, and which kind it is: `{ kind, name }`. A tab has its name. */
export function operation(query) {
  const [, kind, name] = /^(query|mutation|subscription) (\w+)/.exec(query) ?? [];
  return { kind, name };
}
