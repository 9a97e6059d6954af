------------------------------- MODULE Signing -------------------------------
(* How shares are released and bytes proposed: the two rules on which Quorumsign's safety and progress rest, and     *)
(* nothing else. `../model.md` says what is left out, and why that loses nothing.                                     *)
(*                                                                                                                    *)
(* The network is a set of facts that are never taken back: an intent once proposed and a share once released may     *)
(* arrive at any time, again, or never. A cosigner that is down is one that takes no steps; a crash is the loss of    *)
(* what was not on disk.                                                                                              *)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Honest,          \* the cosigners that keep the rules
  Liars,           \* those that release, report, vote and propose whatever suits them
  Threshold,       \* t
  Bytes,           \* byte strings that compete for each HRS
  HrsMax,          \* the HRSs are 1..HrsMax
  TermMax,         \* the terms are 1..TermMax
  Proposing,       \* "reported" is the rule; "silent-willing", "unasked" and "anything" weaken it
  Releasing,       \* "synced" is the rule; "before-sync" and "equal-at-once" break it
  TermOnDisk,      \* TRUE is the rule: a report leaves when its term is on disk
  CalmLastTerm     \* TRUE: nobody crashes in the last term, for the question whether it signs

VARIABLES
  leader,          \* of each term: Nobody yet, a cosigner, or Past when that one leads no more
  heard,           \* of each term: the marks that its leader was told in it
  intents,         \* of each term and HRS: the bytes that its leader proposed
  term, termOnDisk,
  mark, markOnDisk,
  awaiting,        \* whether a share of the mark waits for its sync
  released         \* the messages of which each cosigner has released a share

vars == <<leader, heard, intents, term, termOnDisk, mark, markOnDisk, awaiting, released>>

Nobody == "nobody"
Past == "past"
Nothing == "nothing"

Cosigners == Honest \cup Liars
Hrss == 1..HrsMax
Terms == 1..TermMax
Messages == [hrs : Hrss, bytes : Bytes]
NoMark == [hrs |-> 0, bytes |-> Nothing]
Silent == [hrs |-> HrsMax + 1, bytes |-> Nothing]
Marks == Messages \cup {NoMark}
Majority == Cardinality(Cosigners) \div 2 + 1

NobodyHeard == [c \in Honest |-> Silent]
Unproposed == [h \in Hrss |-> Nothing]

TypeOK ==
  /\ leader \in [Terms -> Cosigners \cup {Nobody, Past}]
  /\ heard \in [Terms -> [Honest -> Marks \cup {Silent}]]
  /\ intents \in [Terms -> [Hrss -> Bytes \cup {Nothing}]]
  /\ term \in [Honest -> 0..TermMax] /\ termOnDisk \in [Honest -> 0..TermMax]
  /\ mark \in [Honest -> Marks] /\ markOnDisk \in [Honest -> Marks]
  /\ awaiting \in [Honest -> BOOLEAN]
  /\ released \in [Honest -> SUBSET Messages]

Init ==
  /\ leader = [k \in Terms |-> Nobody]
  /\ heard = [k \in Terms |-> NobodyHeard]
  /\ intents = [k \in Terms |-> Unproposed]
  /\ term = [c \in Honest |-> 0] /\ termOnDisk = term
  /\ mark = [c \in Honest |-> NoMark] /\ markOnDisk = mark
  /\ awaiting = [c \in Honest |-> FALSE]
  /\ released = [c \in Honest |-> {}]

--------------------------------------------------------------------------------
(* Terms and reports. *)

(* Whoever enters a term is done with the older ones: it leads them no more, what it was told there is gone, and a    *)
(* share that waits will not leave.                                                                                   *)
LeavesOffice(c) ==
  /\ leader' = [k \in Terms |-> IF leader[k] = c THEN Past ELSE leader[k]]
  /\ heard' = [k \in Terms |-> IF leader[k] = c THEN NobodyHeard ELSE heard[k]]

EntersTerm(c, k) ==
  /\ k > term[c]
  /\ term' = [term EXCEPT ![c] = k]
  /\ awaiting' = [awaiting EXCEPT ![c] = FALSE]
  /\ UNCHANGED <<intents, mark, markOnDisk, released>>

(* Raft has one leader for a term. Its own vote is on disk before it asks for others. *)
Campaign(c, k) ==
  /\ leader[k] = Nobody
  /\ EntersTerm(c, k)
  /\ termOnDisk' = [termOnDisk EXCEPT ![c] = k]
  /\ leader' = [j \in Terms |-> IF j = k THEN c ELSE IF leader[j] = c THEN Past ELSE leader[j]]
  /\ heard' = [j \in Terms |-> IF leader[j] = c THEN NobodyHeard ELSE heard[j]]

LiarCampaigns(liar, k) ==
  /\ leader[k] = Nobody
  /\ leader' = [leader EXCEPT ![k] = liar]
  /\ UNCHANGED <<heard, intents, term, termOnDisk, mark, markOnDisk, awaiting, released>>

Join(c, k) ==
  /\ leader[k] # Nobody
  /\ EntersTerm(c, k)
  /\ LeavesOffice(c)
  /\ termOnDisk' = IF TermOnDisk THEN [termOnDisk EXCEPT ![c] = k] ELSE termOnDisk

(* What the leader of a term knows; of itself it knows without being told. *)
Known(k, c) == IF c = leader[k] THEN mark[c] ELSE heard[k][c]

(* Every vote comes with a report, so who was heard by a majority may be elected. *)
Elected(k) ==
  /\ leader[k] \in Honest
  /\ Cardinality({c \in Honest : Known(k, c) # Silent}) + Cardinality(Liars) >= Majority

(* The mark in memory is told, whether it is on disk or not. Once is enough: in a term it moves only by what its      *)
(* leader proposes. Only a refused share can tell it too early: its leader is elected by votes that were on disk.     *)
Report(c, k) ==
  /\ Proposing # "anything"
  /\ leader[k] \in Honest \ {c} /\ term[c] = k /\ heard[k][c] = Silent
  /\ termOnDisk[c] = k \/ (~TermOnDisk /\ Elected(k))
  /\ heard' = [heard EXCEPT ![k][c] = mark[c]]
  /\ UNCHANGED <<leader, intents, term, termOnDisk, mark, markOnDisk, awaiting, released>>

--------------------------------------------------------------------------------
(* Proposing. *)

Allows(m, message) == m.hrs < message.hrs \/ m = message

(* A liar is counted as willing: it reports whatever helps. *)
Willing(k, message) ==
  Cardinality(Liars) + Cardinality({c \in Honest : Known(k, c) # Silent /\ Allows(Known(k, c), message)})
SilentOf(k) == Cardinality({c \in Honest : Known(k, c) = Silent})

MayPropose(k, message) ==
  CASE Proposing = "reported"       -> Willing(k, message) >= Threshold
    [] Proposing = "silent-willing" -> Willing(k, message) + SilentOf(k) >= Threshold
    [] Proposing = "unasked"        -> TRUE

(* One message for each HRS and term. A leader that has proposed at every HRS has nothing left to do. *)
Propose(k, message) ==
  LET done == \A h \in Hrss \ {message.hrs} : intents[k][h] # Nothing IN
  /\ Proposing # "anything"
  /\ Elected(k)
  /\ intents[k][message.hrs] = Nothing
  /\ MayPropose(k, message)
  /\ intents' = [intents EXCEPT ![k][message.hrs] = message.bytes]
  /\ leader' = IF done THEN [leader EXCEPT ![k] = Past] ELSE leader
  /\ heard' = IF done THEN [heard EXCEPT ![k] = NobodyHeard] ELSE heard
  /\ UNCHANGED <<term, termOnDisk, mark, markOnDisk, awaiting, released>>

Proposed(k, message) ==
  Proposing = "anything" \/ leader[k] \in Liars \/ intents[k][message.hrs] = message.bytes

--------------------------------------------------------------------------------
(* Releasing. *)

(* The first gate: an intent of the current term, allowed by the mark in memory, which moves to it. *)
Take(c, message) ==
  LET same == mark[c] = message
      atOnce == Releasing = "before-sync" \/ (Releasing = "equal-at-once" /\ same)
  IN
  /\ term[c] > 0 /\ Proposed(term[c], message)
  /\ Allows(mark[c], message)
  /\ ~(markOnDisk[c] = message /\ message \in released[c])     \* it has nothing left to give
  /\ mark' = [mark EXCEPT ![c] = message]
  /\ awaiting' = [awaiting EXCEPT ![c] = TRUE]
  /\ released' = IF atOnce THEN [released EXCEPT ![c] = @ \cup {message}] ELSE released
  /\ UNCHANGED <<leader, heard, intents, term, termOnDisk, markOnDisk>>

(* The second gate: mark and term are on disk, the term has not moved since (`EntersTerm`), and the share leaves. *)
Sync(c) ==
  /\ awaiting[c] \/ markOnDisk[c] # mark[c] \/ termOnDisk[c] # term[c]
  /\ markOnDisk' = [markOnDisk EXCEPT ![c] = mark[c]]
  /\ termOnDisk' = [termOnDisk EXCEPT ![c] = term[c]]
  /\ awaiting' = [awaiting EXCEPT ![c] = FALSE]
  /\ released' = IF awaiting[c] THEN [released EXCEPT ![c] = @ \cup {mark[c]}] ELSE released
  /\ UNCHANGED <<leader, heard, intents, term, mark>>

(* A write that was under way may have reached the disk or not. A crash that loses nothing is no step. *)
Crash(c) ==
  /\ awaiting[c] \/ mark[c] # markOnDisk[c] \/ term[c] # termOnDisk[c] \/ \E k \in Terms : leader[k] = c
  /\ CalmLastTerm => leader[TermMax] = Nobody
  /\ \E left \in {mark[c], markOnDisk[c]} :
       /\ mark' = [mark EXCEPT ![c] = left]
       /\ markOnDisk' = [markOnDisk EXCEPT ![c] = left]
  /\ term' = [term EXCEPT ![c] = termOnDisk[c]]
  /\ awaiting' = [awaiting EXCEPT ![c] = FALSE]
  /\ LeavesOffice(c)
  /\ UNCHANGED <<intents, termOnDisk, released>>

--------------------------------------------------------------------------------

Next ==
  \/ \E c \in Honest : Sync(c) \/ Crash(c)
  \/ \E c \in Honest, k \in Terms : Campaign(c, k) \/ Join(c, k) \/ Report(c, k)
  \/ \E liar \in Liars, k \in Terms : LiarCampaigns(liar, k)
  \/ \E k \in Terms, message \in Messages : Propose(k, message)
  \/ \E c \in Honest, message \in Messages : Take(c, message)

Spec == Init /\ [][Next]_vars

(* Everyone comes to the last term and keeps working in it. *)
Fair ==
  /\ \A c \in Honest :
       /\ WF_vars(Campaign(c, TermMax)) /\ WF_vars(Join(c, TermMax)) /\ WF_vars(Report(c, TermMax))
       /\ WF_vars(Sync(c))
       /\ \A message \in Messages : WF_vars(term[c] = TermMax /\ Take(c, message))
  /\ WF_vars(\E message \in Messages : Propose(TermMax, message))

FairSpec == Spec /\ Fair

--------------------------------------------------------------------------------
(* What must hold. *)

Shares(message) == Cardinality({c \in Honest : message \in released[c]}) + Cardinality(Liars)

(* Property S: of two messages at one HRS, at most one reaches t shares. *)
NoDoubleSign ==
  \A h \in Hrss : \A v, w \in Bytes :
    v # w => ~(Shares([hrs |-> h, bytes |-> v]) >= Threshold /\ Shares([hrs |-> h, bytes |-> w]) >= Threshold)

(* What S rests on: no cosigner releases two shares at one HRS. *)
OneShare ==
  \A c \in Honest : \A m, n \in released[c] : m.hrs = n.hrs => m = n

Superseded(h) == \E c \in Honest : mark[c].hrs > h

CanSign(h, v) == {c \in Honest : Allows(mark[c], [hrs |-> h, bytes |-> v])}

(* Property L: while all are up, some message of each HRS can still be signed by t honest cosigners. *)
NoDeadHrs ==
  \A h \in Hrss : Superseded(h) \/ \E v \in Bytes : Cardinality(CanSign(h, v)) >= Threshold

(* L over time: a last term without crashes signs something at each HRS, or that HRS is superseded. *)
LastTermSigns ==
  \A h \in Hrss : <>(Superseded(h) \/ \E v \in Bytes : Shares([hrs |-> h, bytes |-> v]) >= Threshold)

--------------------------------------------------------------------------------
(* For the checker only: states that differ in names are one. *)

Symmetry == Permutations(Honest) \cup Permutations(Liars) \cup Permutations(Bytes)

================================================================================
