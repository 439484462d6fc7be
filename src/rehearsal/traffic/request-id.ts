/** The header by which the router numbers requests, as ingresses and meshes do; samples go by it. */
export const REQUEST_ID_HEADER = 'x-request-id'
