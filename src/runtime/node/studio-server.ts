/** Serves the built page on localhost, with the files that the page opens. */
import path from 'node:path';
import { ParetoError } from '../../engine/errors';
import { pageFolder, runtimeFileOf } from './own-files';
import { readHeaderRules } from './response-headers.mjs';
import { createStaticServer, defaultPort, listen } from './static-server.mjs';

/** A file that the page opens: where it lies, and its path relative to the model. */
export interface OfferedFile {
  readonly path: string;
  readonly location: string;
}

export interface StudioOptions {
  /** The first port to try; exactly this one if `strictPort`. */
  readonly port?: number;
  readonly strictPort?: boolean;
  /** The built page. */
  readonly folder?: string;
}

export interface Studio {
  /** Opens the files. */
  readonly address: string;
  close(): void;
}

/**
 * Only this machine reaches it, and only by a name of its own: a page of another origin cannot read the model, also if
 * its name is led to this address.
 *
 * Throws `studio/not-built` in a checkout without the page, and `studio/port`.
 */
export async function serveStudio(
  files: readonly OfferedFile[],
  { port, strictPort = false, folder = pageFolder() }: StudioOptions = {},
): Promise<Studio> {
  const offered = new Map(files.map((file) => [`opened/${encodedPath(file.location)}`, path.resolve(file.path)]));
  const server = createStaticServer(folder, readHeaderRules(path.join(folder, '_headers')), {
    findOther: (pathname) => offered.get(pathname.slice(1)) ?? runtimeFileOf(pathname),
    isOwnHost: (host) => /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(host),
  });
  const usedPort = await listen(server, { port, strictPort }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${error.code ?? error.message})`;
    throw new ParetoError('studio/port', `Port ${port ?? defaultPort} ${why}. Choose another one with --port.`, {
      cause: error,
    });
  });
  const query = [...offered.keys()].map((file) => `open=${encodeURIComponent(file)}`).join('&');
  return {
    address: `http://localhost:${usedPort}/${query === '' ? '' : `?${query}`}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function encodedPath(location: string): string {
  return location.split(/[/\\]/).map(encodeURIComponent).join('/');
}
