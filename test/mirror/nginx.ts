import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completed, documentedSettings } from './documented-settings.ts'
import type { Router, RouterPlan } from './router.ts'

/** Enough for what a hung comparator holds within the documented bound, and too few without one. */
const WORKER_CONNECTIONS = 192

/** NGINX with one worker. */
export function nginxRouter(binary: string): Router {
  const settings = documentedSettings('nginx', 'mirror /mirror')
  return {
    title: 'NGINX',
    binary,
    sharesItself: false,
    holdsConnections: true,
    maxMirrorConnections: Number(/ max_conns=(\d+);/.exec(settings)?.[1]),
    configure(folder, plan) {
      const path = join(folder, 'nginx.conf')
      writeFileSync(path, configuration(settings, plan))
      return ['-p', folder, '-c', path]
    },
  }
}

function configuration(settings: string, { port, stable, comparator, timeouts }: RouterPlan): string {
  const placed = completed(settings, {
    'server iris-comparator:80 ': `server ${comparator} `,
    'server {': `server {\n  listen 127.0.0.1:${port};`,
  })
  const served = timeouts === 'documented' ? placed : placed.replaceAll(/(proxy_\w+_timeout) \w+;/g, '$1 1h;')
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr info;
events { worker_connections ${WORKER_CONNECTIONS}; }
http {
access_log off;
${folders.join('\n')}
upstream iris { server ${stable}; }
${served}
}
`
}
