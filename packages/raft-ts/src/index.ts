export { type ConfigChange, type ConfigChangeProblem, type MemberChange, nextConfiguration } from './confchange.js';
export { decodeConfigChange, encodeConfigChange } from './config-codec.js';
export type { Configuration } from './configuration.js';
export { RaftError, type RaftErrorCode, type RaftErrorDetail } from './errors.js';
export type {
  AppendMessage,
  AppendReply,
  HeartbeatMessage,
  HeartbeatReply,
  Message,
  MessageType,
  ReadIndexMessage,
  ReadIndexReply,
  SnapshotMessage,
  VoteReply,
  VoteRequest,
} from './message.js';
export { createRaft } from './raft.js';
export type { Raft } from './raft-interface.js';
export { formatTraceEvent, type TraceEntry, type TraceEvent, type TraceMessage } from './trace.js';
export type {
  Entry,
  EntryKind,
  HardState,
  MemberProgress,
  ProposeResult,
  RaftOptions,
  RaftStatus,
  ReadState,
  Ready,
  RestoredState,
  Role,
  Snapshot,
  SoftState,
} from './types.js';
export { UINT63_MAX } from './uint63.js';
