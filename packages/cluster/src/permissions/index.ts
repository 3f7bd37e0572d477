// The door of @aether/cluster/permissions: who may do what on NATS, and what a system needs there before it starts.
export { permissionsOf, type RolePermissions } from "./permissions.ts";
export { provision, type ProvisionOptions } from "./provision.ts";
export { type Role, type RoleOptions, roles } from "./role.ts";
export { type Login, serverConfigOf, type ServerUser, userClaimsOf } from "./server-config.ts";
