import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Fault, FaultKind } from './fault.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The door of a faulty camera: it can be shut, and whoever is inside thrown out. */
export async function openDoor(options: {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
  /** Faults that end the connections there are. */
  readonly breaks: ReadonlySet<FaultKind>;
}) {
  const { server, sockets, breaks } = options;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const throwOut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    async play(before: Fault | null, next: Fault | null): Promise<void> {
      if (next !== null && breaks.has(next.kind)) throwOut();
      if (next?.kind === 'refused') {
        server.close();
        await sleep(20);
      } else if (before?.kind === 'refused' && !server.listening) {
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
      }
    },
    close(): void {
      throwOut();
      server.close();
    },
  };
}
