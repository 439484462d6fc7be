import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCourier } from '#runtime'

const MESSAGE = [Buffer.from('one '), Buffer.from('two')]

async function withCourier(
  listener: RequestListener,
  use: (deliver: () => Promise<string>, connections: () => number, clock: { nowMs: number }) => Promise<void>,
  token?: string,
): Promise<void> {
  const server = createServer(listener)
  let connections = 0
  server.on('connection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clock = { nowMs: 0 }
  const courier = openCourier({
    to: new URL(`http://127.0.0.1:${port}/base/`),
    token,
    timeoutMs: 200,
    maxConnections: 2,
    connectionLifeMs: 1_000,
    now: () => clock.nowMs,
  })
  try {
    await use(
      () => courier.deliver(MESSAGE),
      () => connections,
      clock,
    )
  } finally {
    courier.close()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

const test = suite('openCourier()')

test('posts a message as one body, again and again over one connection', async () => {
  const seen: string[] = []
  const listener: RequestListener = (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`)
      response.writeHead(202).end('{}')
    })
  }
  await withCourier(listener, async (deliver, connections) => {
    assert.is(await deliver(), 'delivered')
    assert.is(await deliver(), 'delivered')
    assert.is(connections(), 1)
    assert.is(seen[0], 'POST /base/shadow/compare application/vnd.modelgate.shadow one two')
  })
})

for (const [status, expected] of [
  [409, 'same'],
  [503, 'busy'],
  [404, 'away'],
  [500, 'away'],
  [400, 'refused'],
  [403, 'refused'],
] as const) {
  test(`takes ${status} for ${expected}`, async () => {
    const listener: RequestListener = (_, response) => void response.writeHead(status).end()
    await withCourier(listener, async (deliver) => {
      assert.is(await deliver(), expected)
    })
  })
}

test('looks for another pod when its connection is old, or the pod is of its own release', async () => {
  let status = 202
  const listener: RequestListener = (_, response) => void response.writeHead(status).end()
  await withCourier(listener, async (deliver, connections, clock) => {
    await deliver()
    clock.nowMs = 1_001
    await deliver()
    assert.is(connections(), 2)
    status = 409
    await deliver()
    await deliver()
    assert.is(connections(), 3)
  })
})

test('gives up on a canary that never answers, and on one that never reads', async () => {
  await withCourier(
    () => undefined,
    async (deliver) => {
      assert.is(await deliver(), 'away')
    },
  )
  const sockets: Socket[] = []
  const deaf = createSocketServer({ pauseOnConnect: true }, (socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(deaf, 'listening')
  const { port } = deaf.address() as AddressInfo
  const to = new URL(`http://127.0.0.1:${port}`)
  const options = { to, timeoutMs: 100, maxConnections: 2, connectionLifeMs: 1_000, now: () => 0 }
  const courier = openCourier(options)
  assert.is(await courier.deliver([Buffer.alloc(4 * 1024 * 1024)]), 'away')
  courier.close()
  for (const socket of sockets) socket.destroy()
  deaf.close()
  await once(deaf, 'close')
  const nobody = openCourier(options)
  assert.is(await nobody.deliver(MESSAGE), 'away')
  nobody.close()
})

test('shows the token, and none where there is none', async () => {
  const seen: (string | undefined)[] = []
  const listener: RequestListener = (request, response) => {
    seen.push(request.headers.authorization)
    request.resume().on('end', () => response.writeHead(202).end())
  }
  const sendOne = async (deliver: () => Promise<string>) => {
    assert.is(await deliver(), 'delivered')
  }
  await withCourier(listener, sendOne, 's3cret')
  await withCourier(listener, sendOne)
  assert.equal(seen, ['Bearer s3cret', undefined])
})

test.run()
