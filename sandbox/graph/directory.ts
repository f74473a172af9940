/** Who is behind an address: the world's people by user principal name, indexed. */
import type { SandboxPerson, World } from '../world.ts';

export class Directory {
  private byUpn = new Map<string, SandboxPerson>();
  private indexed = -1;

  constructor(private readonly world: World) {}

  byAddress(address: string): SandboxPerson | undefined {
    if (this.indexed !== this.world.people.size) this.index();
    const wanted = address.toLowerCase();
    const person = this.byUpn.get(wanted);
    return person?.upn.toLowerCase() === wanted ? person : undefined;
  }

  /** By object id or user principal name, as both may stand in a path. */
  byIdOrUpn(id: string): SandboxPerson | undefined {
    return this.world.people.get(id.toLowerCase()) ?? this.world.people.get(id) ?? this.byAddress(id);
  }

  /** Somebody whose calendar can take an invitation. */
  mailboxOwner(address: string): SandboxPerson | undefined {
    const person = this.byAddress(address);
    return person && person.enabled !== false && person.hasMailbox !== false ? person : undefined;
  }

  private index(): void {
    this.byUpn = new Map();
    for (const person of this.world.people.values()) this.byUpn.set(person.upn.toLowerCase(), person);
    this.indexed = this.world.people.size;
  }
}
