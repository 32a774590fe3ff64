/** What the server uses of the SDK. Its own types would bring those of zod to every check. */
interface Transport {
  onclose?: () => void;
}

interface Call {
  readonly params: {
    readonly name: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
    readonly _meta?: { readonly progressToken?: string | number };
  };
}

interface Running {
  /** Aborted when the client cancels the call. */
  readonly signal: AbortSignal;
  sendNotification(notice: { readonly method: 'notifications/progress'; readonly params: object }): Promise<void>;
}

declare module '@modelcontextprotocol/sdk/server/index.js' {
  export class Server {
    constructor(
      info: { readonly name: string; readonly version: string },
      options: { readonly capabilities: object; readonly instructions: string },
    );
    onclose?: () => void;
    setRequestHandler<Result>(schema: object, answer: (call: Call, running: Running) => Result): void;
    getClientCapabilities(): { readonly roots?: object } | undefined;
    listRoots(): Promise<{ readonly roots: readonly { readonly uri: string }[] }>;
    connect(transport: Transport): Promise<void>;
    close(): Promise<void>;
  }
}

declare module '@modelcontextprotocol/sdk/server/stdio.js' {
  export class StdioServerTransport implements Transport {
    onclose?: () => void;
  }
}

declare module '@modelcontextprotocol/sdk/types.js' {
  export const CallToolRequestSchema: object;
  export const ListToolsRequestSchema: object;
}

declare module '@modelcontextprotocol/sdk/client/index.js' {
  interface Answer {
    readonly isError?: boolean;
    readonly content: readonly { readonly text: string }[];
    readonly structuredContent?: Readonly<Record<string, unknown>>;
  }
  export class Client {
    constructor(info: object, options?: { readonly capabilities: object });
    connect(transport: object): Promise<void>;
    setRequestHandler(schema: object, answer: () => object): void;
    listTools(): Promise<{ readonly tools: readonly { readonly name: string; readonly inputSchema: object }[] }>;
    callTool(
      call: { readonly name: string; readonly arguments: object },
      schema?: undefined,
      options?: {
        readonly signal?: AbortSignal;
        readonly timeout?: number;
        readonly onprogress?: (progress: { readonly progress: number; readonly message?: string }) => void;
      },
    ): Promise<Answer>;
    close(): Promise<void>;
  }
}

declare module '@modelcontextprotocol/sdk/client/stdio.js' {
  export class StdioClientTransport {
    close(): Promise<void>;
    constructor(server: {
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd?: string;
      readonly stderr?: 'pipe';
    });
  }
}

declare module '@modelcontextprotocol/sdk/types.js' {
  export const ListRootsRequestSchema: object;
}
