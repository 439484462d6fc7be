import type { FastifyInstance } from 'fastify'

/** Paths that a server answers, and the methods of each; to be made before the first route is added. */
export interface RouteBook {
  /** The method and the pattern of each route, in the order of their making: `POST /predict`. */
  list(): readonly string[]
  /** The methods of the route that a path fits; none where there is none. */
  methodsOf(path: string): readonly string[]
}

/** Keeps book of the routes that are added to a server from now on. HEAD, which comes with every GET, is left out. */
export function keepRouteBook(server: FastifyInstance): RouteBook {
  const pages = new Map<string, { readonly matches: RegExp; readonly methods: string[] }>()
  server.addHook('onRoute', ({ url, method }) => {
    const page = pages.get(url) ?? { matches: matcherOf(url), methods: [] }
    page.methods.push(...[method].flat().filter((name) => name !== 'HEAD'))
    pages.set(url, page)
  })
  return {
    list: () => [...pages].flatMap(([pattern, { methods }]) => methods.map((method) => `${method} ${pattern}`)),
    methodsOf: (path) => [...pages.values()].find(({ matches }) => matches.test(path))?.methods ?? [],
  }
}

/** A parameter stands for anything without a slash. */
function matcherOf(url: string): RegExp {
  const literal = url.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
  return new RegExp(`^${literal.replace(/:[^/]+/g, '[^/]+')}$`)
}
