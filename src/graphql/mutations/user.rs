//! Accounts.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::told::{Done, Told, tell};
use crate::domain::users::{self, NewUser, User};
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

/// What account to make.
#[derive(Clone, Debug, InputObject)]
pub(super) struct UserCreateInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The name in paths, 2 to 255 characters: no user, group or project may have it, whatever the case.
    username: String,
    /// The name, 255 characters at most.
    name: String,
    /// The primary address; nobody else may have it. Wherever it is invited the user becomes a member at once.
    email: String,
    /// Whether it is an administrator; not when absent.
    admin: Option<bool>,
    /// Whether it is external, and sees nothing internal; not when absent.
    external: Option<bool>,
    /// The address that everybody may see; nobody else may have it.
    public_email: Option<String>,
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
    /// Makes an account, active and confirmed, with its personal namespace; its user becomes a member at once wherever the address is invited. For
    /// administrators.
    async fn user_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What account to make.")] input: UserCreateInput,
    ) -> Nullable<UserPayload> {
        let new = NewUser {
            username: input.username,
            name: input.name,
            email: input.email,
            public_email: input.public_email,
            admin: input.admin.unwrap_or_default(),
            external: input.external.unwrap_or_default(),
            ..NewUser::default()
        };
        let work = async {
            let made = users::create(&loaders(ctx).ctx(), &new).await;
            Done::of(made.map(|details| details.user), |_| Vec::new())
        };
        Some(tell(ctx, input.client_mutation_id, work).await.map(UserPayload::from))
    }

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
