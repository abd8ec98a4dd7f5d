/**
 * `$(NAME)` in a variable's value: replaced by what stood before it. `$$` is one dollar sign, so that `$$(NAME)` stays as
 * text; a name that nobody knows stays as it is written.
 * @see kubernetes third_party/forked/golang/expansion/expand.go
 */

/** @param lookUp `undefined`: there is no such variable */
export function expandReferences(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (lookUp(name) ?? whole),
  );
}
