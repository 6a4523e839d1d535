//! Users, their personal namespaces, identities and tokens.

use sea_orm::DbErr;

use super::Load;
use super::hierarchy::namespace_row;
use super::store::insert;
use crate::db::Conn;
use crate::entity::{namespace, personal_access_token, user, user_identity};
use crate::types::{
    GROUP_SAML, GroupId, NamespaceKind, Scopes, TokenId, UserId, Visibility, Words, digest, fold, normal_identity,
};
use crate::world::directory::Place;
use crate::world::error::{Fault, ImportError};
use crate::world::format::{LdapIdentity, SamlIdentity, Token, User};
use crate::world::value::{Day, Name, Time, Word};

pub(super) async fn load(load: &Load<'_>) -> Result<(), ImportError> {
    let mut people = People::default();
    let mut users = load.rows::<User>("users");
    while let Some(batch) = users.next().await? {
        let count = batch.len();
        for (index, user) in batch {
            people.take(load, &format!("users[{index}]"), user)?;
        }
        people.store(load.conn()).await?;
        load.stored(count);
    }
    people.name_creators(load.conn()).await?;
    Ok(())
}

/// The rows of some users, and who made whom: a user may have been made by one that follows later.
#[derive(Default)]
struct People {
    users: Vec<user::Model>,
    namespaces: Vec<namespace::Model>,
    identities: Vec<user_identity::Model>,
    tokens: Vec<personal_access_token::Model>,
    creators: Vec<Vec<Option<i64>>>,
    last_identity: i64,
    last_token: i64,
}

impl People {
    fn take(&mut self, load: &Load<'_>, at: &str, user: User) -> Result<(), ImportError> {
        let names = load.names();
        let person = names.user(&format!("{at}.username"), &user.username)?;
        if let Some(creator) = names.user_id(&format!("{at}.created_by"), user.created_by.as_ref())? {
            self.creators.push(vec![Some(person.id.0), Some(creator.0)]);
        }
        self.identify(load, at, person.id, &user)?;
        for token in &user.tokens {
            self.token(load, person.id, token);
        }
        let enterprise_group = user
            .enterprise_group
            .as_ref()
            .map(|group| names.top_level_group(&format!("{at}.enterprise_group"), group))
            .transpose()?;
        let row = user_row(load, person.id, enterprise_group.map(|group| GroupId(group.id.0)), user);
        self.namespaces.push(namespace::Model {
            kind: NamespaceKind::User,
            owner_id: Some(row.id),
            visibility: Visibility::Public,
            created_at: row.created_at,
            updated_at: row.updated_at,
            ..namespace_row(Place::personal(person), &row.name)
        });
        self.users.push(row);
        Ok(())
    }

    fn identify(&mut self, load: &Load<'_>, at: &str, user: UserId, row: &User) -> Result<(), Fault> {
        for (index, SamlIdentity { group, extern_uid }) in row.saml_identities.iter().enumerate() {
            let at = format!("{at}.saml_identities[{index}].group");
            let Some(provider) = load.names().group(&at, group)?.saml_provider else {
                return Err(Fault::at(at, format!("{:?} has no \"saml_provider_id\"", group.0)));
            };
            self.identity(user, GROUP_SAML, extern_uid, Some(provider));
        }
        if let Some(LdapIdentity { provider, dn }) = &row.ldap_identity {
            self.identity(user, &provider.0, dn, None);
        }
        Ok(())
    }

    fn identity(&mut self, user: UserId, provider: &str, uid: &Name, saml_provider: Option<i64>) {
        self.last_identity += 1;
        self.identities.push(user_identity::Model {
            id: self.last_identity,
            user_id: user,
            provider: provider.to_owned(),
            extern_uid: uid.0.clone(),
            extern_uid_norm: normal_identity(provider, &uid.0),
            saml_provider_id: saml_provider,
        });
    }

    fn token(&mut self, load: &Load<'_>, user: UserId, token: &Token) {
        self.last_token += 1;
        let (created_at, _) = load.times(token.created_at, None);
        let name = token.name.as_ref().map_or("token", |Name(name)| name);
        self.tokens.push(personal_access_token::Model {
            id: TokenId(self.last_token),
            user_id: user,
            name: name.to_owned(),
            name_key: fold(name),
            description: token.description.as_ref().map(|text| text.0.clone()),
            digest: digest(&token.token.0),
            scopes: Scopes(token.scopes.iter().map(|Word(scope)| *scope).collect()).to_string(),
            revoked: token.revoked,
            rotated_from_id: None,
            created_at,
            expires_at: token.expires_at.map(|Day(day)| day),
            last_used_at: None,
            last_used_ips: Words::default(),
        });
    }

    async fn store(&mut self, conn: Conn<'_>) -> Result<(), DbErr> {
        insert(conn, std::mem::take(&mut self.users)).await?;
        insert(conn, std::mem::take(&mut self.namespaces)).await?;
        insert(conn, std::mem::take(&mut self.identities)).await?;
        insert(conn, std::mem::take(&mut self.tokens)).await
    }

    async fn name_creators(&self, conn: Conn<'_>) -> Result<(), DbErr> {
        if self.creators.is_empty() {
            return Ok(());
        }
        let mut sql = conn.sql();
        let pairs = sql.table(&["id", "creator"], &self.creators);
        sql.push(format!(
            "UPDATE users SET created_by_id = made.creator FROM {pairs} AS made WHERE users.id = made.id"
        ));
        sql.run().await.map(drop)
    }
}

fn user_row(load: &Load<'_>, id: UserId, enterprise_group_id: Option<GroupId>, user: User) -> user::Model {
    let (created_at, updated_at) = load.times(user.created_at, user.updated_at);
    user::Model {
        id,
        username_key: fold(&user.username.0),
        username: user.username.0,
        name_key: fold(&user.name.0),
        name: user.name.0,
        email_norm: fold(&user.email.0),
        email: user.email.0,
        public_email_norm: user.public_email.as_ref().map(|Name(email)| fold(email)),
        public_email: user.public_email.map(|Name(email)| email),
        state: user.state.0,
        user_type: user.user_type.0,
        admin: user.admin,
        external: user.external,
        note: user.note.map(|note| note.0),
        created_by_id: None,
        enterprise_group_id,
        created_at,
        updated_at,
        last_sign_in_at: user.last_sign_in_at.map(|Time(time)| time),
        last_activity_on: user.last_activity_on.map(|Day(day)| day),
    }
}
