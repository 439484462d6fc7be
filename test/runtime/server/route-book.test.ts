import fastify from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keepRouteBook } from '../../../runtime/server/route-book.ts'

const book = suite('keepRouteBook()')

function keep() {
  const server = fastify()
  const kept = keepRouteBook(server)
  const answer = () => ''
  server.get('/models/:model', answer)
  server.delete('/models/:model', answer)
  server.post('/v:version/a.b', answer)
  return kept
}

book('lists methods and patterns, without the HEAD that comes with GET', () => {
  assert.equal(keep().list(), ['GET /models/:model', 'DELETE /models/:model', 'POST /v:version/a.b'])
})

for (const [path, methods] of [
  ['/models/iris', ['GET', 'DELETE']],
  ['/v1/a.b', ['POST']],
  ['/v1/aXb', []],
  ['/models/', []],
  ['/models/iris/ready', []],
  ['/more/models/iris', []],
] as const) {
  book(`knows ${methods.length} methods of ${path}`, () => {
    assert.equal(keep().methodsOf(path), methods)
  })
}

book.run()
