export type * from "./reward.js";
export type * from "./scorer/types.js";
export type * from "./dataset/types.js";
