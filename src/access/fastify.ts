import type { Principal, Right } from './principal.ts';

export interface DeclaredRoute {
  readonly method: string;
  /** With `:name` for a parameter. */
  readonly url: string;
  readonly operationId: string | null;
  readonly summary: string;
  readonly right: Right | 'signedIn' | 'public';
}

/**
 * What every route says of itself in `config`, and what every handler finds on its request. A route under `/v1/` that
 * says none of the three is refused at start-up (access.plugin.ts).
 */
declare module 'fastify' {
  interface FastifyContextConfig {
    /** The right that the caller's role must have. */
    readonly right?: Right;
    /** Open to everyone, logged in or not. */
    readonly public?: boolean;
    /** Open to every caller who is known, whatever his role. */
    readonly signedIn?: boolean;
    /** Also for a session that must enrol a second factor before anything else. */
    readonly enrolling?: boolean;
  }

  interface FastifyInstance {
    /** Every route under `/v1/` with who may call it, as the application registered them. */
    readonly declaredRoutes: readonly DeclaredRoute[];
  }

  interface FastifyRequest {
    /** The caller. Throws `unauthenticated` when read on a public route that nobody has logged in to. */
    principal: Principal;
    /** The caller, or null on a public route. */
    caller: Principal | null;
  }
}
