// The kernel's public names. Extension points for plugins are among them: persistence and the cluster use no others.
export { Actor, type ActorBase, type HookNames, type KernelHooks } from "./actor.ts";
export { type ActorClass, type AskFacade, type CommandName, describeClass, type TellFacade } from "./actor-class.ts";
export { ActorAddress, type ActorId, type ActorType, decodeId, encodeId } from "./address.ts";
export { type Clock, systemClock } from "./clock.ts";
export { attach, detach, EncodedValue, encode, encodeArguments, encodeSized, type SizedText } from "./codec.ts";
export { jsonText, quote } from "./json-text.ts";
export { base36 } from "./base36.ts";
export { type CommandOwner, parseCommandId } from "./command-id.ts";
export type { ActorOptions } from "./actor-options.ts";
export type { ActorTimers } from "./actor-timers.ts";
export type { SpawnOptions } from "./children.ts";
export type { ActorContext, MessageInfo } from "./context.ts";
export type { DeadLetter } from "./dead-letters.ts";
export type { Durability, DurableCell, DurableState, RepeatedCommand } from "./durability.ts";
export {
  type Arguments,
  argumentsOf,
  type Envelope,
  type Headers,
  isAsk,
  type ReplyTo,
  withArguments,
} from "./envelope.ts";
export {
  ActivationFailed,
  ActorFailed,
  ActorStopped,
  AetherError,
  AskBeforeDurable,
  AskTimeout,
  ChildFailed,
  CommandExpired,
  type ErrorDetails,
  HookTimeout,
  InvalidActorId,
  InvalidArguments,
  MailboxFull,
  PluginFailed,
  PluginInUse,
  PortMissing,
  PortTaken,
  ReentrantAsk,
  SystemStopped,
  Undelivered,
  type UndeliveredReason,
  UnknownActorType,
  UnknownCommand,
  WatchUnavailable,
} from "./errors.ts";
export { outbound, outputPermit } from "./extension-points.ts";
export { host, type Hosting, type HostOptions } from "./hosted-type.ts";
export type { InstallPosition } from "./installed-plugins.ts";
export type { Interceptor } from "./interceptors.ts";
export {
  type LifecycleEvent,
  lifecycleEvents,
  lifecycleMachine,
  type LifecycleState,
  lifecycleStates,
  nextState,
} from "./lifecycle.ts";
export type {
  LocalActors,
  Outbound,
  OutputPermit,
  Plugin,
  PluginFactory,
  PluginHost,
  UndeliveredInfo,
} from "./plugin.ts";
export { type Port, port } from "./port.ts";
export { type Random, randomId, systemRandom } from "./random.ts";
export type { CallOptions } from "./call-options.ts";
export type { ActorRef } from "./ref.ts";
export { isRejection, Rejection } from "./rejection.ts";
export { shown } from "./shown.ts";
export type { Schemas } from "./schemas.ts";
export { type Cancel, type Scheduler, systemScheduler } from "./scheduler.ts";
export type { Directive, Supervision } from "./supervision.ts";
export type {
  LogLevel,
  SystemEvent,
  SystemEvents,
  SystemEventListener,
  SystemEventType,
  SystemEventTypes,
} from "./system-events.ts";
export { type ActorSystem, createSystem } from "./system.ts";
export type { SystemOptions } from "./system-options.ts";
export type { TerminationReason } from "./ties.ts";
