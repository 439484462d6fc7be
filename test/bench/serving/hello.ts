// The least that Fastify can do: the bound of what a server built on it can reach.
import fastify from 'fastify'

const server = fastify()
server.get('/healthz', () => ({ status: 'alive' }))
server.get('/hello', () => ({ hello: 'world' }))
server.post('/predict', () => ({ prediction: [0] }))
await server.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
