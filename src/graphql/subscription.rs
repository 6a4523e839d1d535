//! What can be listened to.

use async_graphql::{Context, ID, Subscription};
use futures_util::{Stream, stream};

use super::engine::timed;
use super::loaders::loaders;
use super::types::{MemberEvent, MemberEventType};
use crate::domain::{Result, live};

/// The root of all subscriptions.
#[derive(Debug)]
pub struct Subscription;

/// Everything that can be listened to. Whoever may no longer listen hears nothing more: within a second the stream ends with the error
/// `RESOURCE_NOT_AVAILABLE`.
#[Subscription]
impl Subscription {
    /// What happens to the members of a group or project, each event after its change is stored, in the order of the changes, whichever replica made them.
    /// For whoever may list the members; invitations and access requests are told to those only who administer the members.
    async fn member_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where the group or project lies, such as `acme/tools`.")] full_path: ID,
        #[graphql(
            default_with = "Some(false)",
            desc = "Of a group: also what happens in everything below it, as far as you may list the members there."
        )]
        include_descendants: Option<bool>,
        #[graphql(desc = "Only these kinds of events; all when absent.")] types: Option<Vec<MemberEventType>>,
        #[graphql(
            desc = "The cursor of the last event that you heard of this group or project: goes on behind it, without a gap. A cursor that is too old is refused. \
                    When absent: what happens from now on."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<MemberEvent>>> {
        let loaders = loaders(ctx);
        let after = after.as_deref().map(MemberEvent::place).transpose()?;
        let kinds = types.map(|types| types.into_iter().map(live::Kind::from).collect());
        let below = include_descendants.unwrap_or_default();
        let follower = live::follow(&loaders.ctx(), &full_path, below, kinds, after).await?;
        let events = stream::try_unfold(follower, move |mut follower| async move {
            let (event, ctx) = follower.next().await?;
            // What is asked of the event is answered to who the caller is by now.
            loaders.renew(ctx);
            Ok(Some((MemberEvent::from(event), follower)))
        });
        Ok(timed(ctx, events))
    }

    /// How many users take a seat in a top-level group, each time that this is another number. For its owners and administrators.
    async fn billable_members_count_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where the top-level group lies, such as `acme`.")] full_path: ID,
    ) -> Result<impl Stream<Item = Result<u64>>> {
        let follower = live::follow_seats(&loaders(ctx).ctx(), &full_path).await?;
        let counts = stream::try_unfold(follower, |mut follower| async move {
            let users = follower.next().await?;
            Ok(Some((users, follower)))
        });
        Ok(timed(ctx, counts))
    }
}
