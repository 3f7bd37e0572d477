// The door of @aether/testing: what people who write actors test them with.
export { BadScenario } from "./errors.ts";
export type { Expectation } from "./expectation.ts";
export { given, type GivenOptions, type Scenario } from "./given.ts";
export type { Command } from "./playing.ts";
export { past, type PastEvent, type PastSnapshot, pastSnapshot, type SnapshotPlace } from "./past.ts";
export { probe, type Probe, type ProbedMessage, type ProbeOptions } from "./probe.ts";
export type { StandIn, StubbedCall } from "./stand-in.ts";
export { stub, type Stub, type StubAnswers } from "./stub.ts";
export { type FaultPlan, faultPlan, type FaultPlace, type Faults } from "./fault-plan.ts";
export type { BusFaultRule, FaultRule, LinkFaultRule, StoreFaultRule } from "./fault-rule.ts";
export type { SubjectSource } from "./subject.ts";
export { explore, type Explored, type ExploreOptions, type World } from "./explore.ts";
export { localCluster, type LocalCluster, type LocalClusterOptions } from "./local-cluster.ts";
