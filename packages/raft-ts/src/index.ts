export { RaftError, type RaftErrorCode, type RaftErrorDetail } from './errors.js';
export { createRaft } from './raft.js';
export type {
  AppendMessage,
  AppendReply,
  Entry,
  HardState,
  HeartbeatMessage,
  MemberProgress,
  Message,
  MessageType,
  ProposeResult,
  Raft,
  RaftOptions,
  RaftStatus,
  Ready,
  RestoredState,
  Role,
  Snapshot,
  SnapshotMessage,
  SoftState,
  VoteReply,
  VoteRequest,
} from './types.js';
export { UINT63_MAX } from './uint63.js';
