/** The variables of an example as the text of the editor below the query. */
export function variablesText(variables) {
  return variables ? JSON.stringify(variables, null, 2) : '';
}
