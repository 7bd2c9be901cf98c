/** How to reach the API server, as the administrator. */
export interface ApiAccess {
  readonly server: string
  readonly caPem: string
  readonly token: string
  readonly kubeconfigPath: string
}

/** What all contenders read of an object. */
export interface SeenObject {
  readonly metadata: {
    readonly namespace?: string
    readonly name: string
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/** A contender: something that lists all S3AuditWebhooks, keeps them and follows their changes. */
export interface Follower {
  /**
   * Resolves when all objects are in its cache. From then on `onChange` is called for each change, at the moment when a program
   * would begin to work on it.
   */
  follow(onChange: (object: SeenObject) => void): Promise<void>
  /** In its cache. */
  size(): number
  /** Reads one object from the API server. */
  get(namespace: string, name: string): Promise<void>
}

export const followerKinds = ['runtime', 'controller', 'stock', 'floor', 'floorHttp1', 'floorOneList'] as const

export type FollowerKind = (typeof followerKinds)[number]
