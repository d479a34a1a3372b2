import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

/** A way to a server that can be cut, as a network can. */
export interface CutProxy {
  readonly url: string;
  /** Ends every connection at once and takes no other until it is mended. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Stands before a local server. @param url its address. */
export async function cutProxy(url: string): Promise<CutProxy> {
  const port = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A broken pipe is what this is for.
    socket.on('error', () => undefined);
    return socket;
  };
  const server = createServer((client) => {
    keep(client);
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = keep(connect(port, '127.0.0.1'));
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const end = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    cut: () => {
      isCut = true;
      end();
    },
    mend: () => void (isCut = false),
    close: () =>
      new Promise((resolve) => {
        end();
        server.close(() => resolve());
      }),
  };
}
