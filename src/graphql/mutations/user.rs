//! Accounts.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::told::{Done, Told, tell};
use crate::domain::users::{self, User};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::UserGid;
use crate::graphql::loaders::loaders;
use crate::graphql::types::{UserCore, UserState};

/// Which account is to have which state.
#[derive(Clone, Debug, InputObject)]
pub(super) struct UserSetStateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The user.
    id: UserGid,
    /// The state: `active`, `blocked`, `banned`, or, for who was not active in the last ninety days, `deactivated`.
    state: UserState,
}

/// What became of one account.
#[derive(Clone, Debug, SimpleObject)]
struct UserPayload {
    #[graphql(flatten)]
    told: Told,
    /// The user as it now is. Null when nothing was done.
    user: Option<UserCore>,
}

/// Accounts.
#[derive(Debug, Default)]
pub(super) struct Users;

#[Object]
impl Users {
    /// Opens or shuts an account: its tokens begin or stop to work at once, its memberships stay. One that the directory blocks is the directory's affair,
    /// and nobody shuts oneself out. For administrators.
    async fn user_set_state(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account is to have which state.")] input: UserSetStateInput,
    ) -> Nullable<UserPayload> {
        let (user, state) = (input.id.0, input.state.into());
        let work = async {
            let set = users::set_state(&loaders(ctx).ctx(), user, state).await;
            Done::of(set, |_| vec!["id".to_owned()])
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(UserPayload::from))
    }
}

impl From<(Told, Option<User>)> for UserPayload {
    fn from((told, user): (Told, Option<User>)) -> Self {
        Self {
            told,
            user: user.map(UserCore::from),
        }
    }
}
