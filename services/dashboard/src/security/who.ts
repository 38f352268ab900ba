import type { Instant } from '@medallion/core';

/** What somebody may: an operator may all that a viewer may. */
export type Role = 'viewer' | 'operator';

/** Somebody who proved who they are. */
export type Person = Pick<Who, 'user' | 'shown' | 'role'>;

/** Somebody who is known. */
export type Who = {
  /** Who it is, to write down: of the issuer with its subject, which nobody can choose; the role where tokens have no names. */
  readonly user: string;
  /** Who it is, to show. */
  readonly shown: string;
  readonly role: Role;
  /** A browser sends a session (or nothing, where nobody logs in) by itself; a bearer token only comes from a program. */
  readonly via: 'none' | 'session' | 'bearer';
  /** What has to come with everything that changes something; null where no browser sends anything by itself. */
  readonly csrf: string | null;
  /** From then on nobody is known by this any more: what is still sent to them ends. Null: never. */
  readonly until: Instant | null;
};

/** Whether somebody may what needs `role`. */
export const may = (who: Who, role: Role): boolean => who.role === 'operator' || who.role === role;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null where nobody has to be known and nobody is. Set before any handler runs. */
    who: Who | null;
  }
}
