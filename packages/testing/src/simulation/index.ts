// The door of @aether/testing/simulation: whole runs of a simulated cluster, and the model of nats-server on its own.
export { type Invariant, type Violation } from "./check/violation.ts";
export { type ListeningModel, listenAsNats } from "./model/listen.ts";
export { NatsModel, type NatsModelOptions } from "./model/nats-model.ts";
export type { ModelPorts } from "./model/ports.ts";
export { type Figures, simulate, type SimulationOptions, type SimulationReport } from "./run/simulate.ts";
