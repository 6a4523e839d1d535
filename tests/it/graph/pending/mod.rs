//! Who waits, in the graph.

mod cap;
mod listing;
mod setting;

pub(crate) const APPROVE: &str = "mutation($input: MemberApproveInput!) { done: memberApprove(input: $input) {
    clientMutationId errors userErrors { code message path }
    member { id state user { username } accessLevel { stringValue } source { fullPath } }
    invitation { id email awaiting state source { fullPath } } } }";

pub(crate) const APPROVE_ALL: &str =
    "mutation($input: GroupMembersApproveAllInput!) { done: groupMembersApproveAll(input: $input) {
    clientMutationId errors userErrors { code message path }
    members { id state user { username } source { fullPath } } } }";

pub(crate) const SET_STATE: &str = "mutation($input: MemberSetStateInput!) { done: memberSetState(input: $input) {
    clientMutationId errors userErrors { code message path }
    members { id state user { username } source { fullPath } } } }";
