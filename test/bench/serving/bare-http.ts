// The least that Node can do with the same request: the bound of any server on top of its HTTP module.
import { createServer, type ServerResponse } from 'node:http'

createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (request.method === 'POST') JSON.parse(Buffer.concat(chunks).toString())
    send(response, '{"prediction":[0]}')
  })
}).listen(Number(process.argv[2]), '127.0.0.1')

function send(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}
