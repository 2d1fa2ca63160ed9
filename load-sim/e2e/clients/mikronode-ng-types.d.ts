/** The part of mikronode-ng 1.0.11 that is used. The package has no types. */
declare module 'mikronode-ng' {
  interface Connection {
    getConnectPromise(): Promise<Connection>;
    /** Rejects with the router's traps. */
    getCommandPromise(command: string, parameters: readonly string[]): Promise<Record<string, string>[]>;
    close(force?: boolean): void;
    on(event: 'close', listener: () => void): this;
  }
  const mikronode: {
    getConnection(host: string, user: string, password: string, options: { readonly port: number }): Connection;
  };
  export default mikronode;
}
