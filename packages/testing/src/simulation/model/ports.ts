// What the model of nats-server needs of the world: time and chance, real or simulated.

export interface ModelPorts {
  /** Milliseconds since 1970. */
  now(): number;
  after(delayMs: number, task: () => void): () => void;
  /** Uniform in [0, 1). */
  chance(): number;
}

/** Uniform between two numbers. */
export function between(ports: ModelPorts, least: number, most: number): number {
  return least + ports.chance() * (most - least);
}
