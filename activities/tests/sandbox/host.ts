/** What a sandbox is made from on one host. */
export interface SandboxHost {
  /**
   * Where control groups are made: a folder of version 2 that is delegated to the worker; `find`: what the host has; `without`: the
   * limits of memory and processes hold for each process alone.
   */
  cgroups: { folder: string } | 'find' | 'without';
  /** A prepared root file system whose programs the tests see instead of the host's. */
  rootfs?: string;
  /** Folders that the tests see at their own paths, read-only; the `bin` of each is on their PATH. */
  tools: string[];
}
