declare const document: unique symbol

/** A GraphQL document as its author wrote it: what callers give goes into variables, never into the text. */
export type GraphqlDocument = string & { readonly [document]: true }

/**
 * Tags a GraphQL document. It takes no interpolation, so that nothing of a caller's can become part of a query
 * (THREATS.md B3).
 * @throws TypeError at load for a template with a hole
 */
export function gql(text: TemplateStringsArray, ...values: never[]): GraphqlDocument {
  if (values.length > 0 || text.length !== 1)
    throw new TypeError('a GraphQL document takes variables, not text')
  return (text[0] ?? '').trim() as GraphqlDocument
}

/** The `errors` of a GraphQL answer (GraphQL spec, "Response Format"); empty where it is none or all went well. */
export function graphqlErrors(body: unknown): readonly unknown[] {
  const errors = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : undefined
  return Array.isArray(errors) ? errors : []
}
