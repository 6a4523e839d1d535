//! What a token may be used for.

use std::fmt;

macro_rules! scopes {
    ($($variant:ident = $word:literal),+ $(,)?) => {
        /// One scope of a personal access token. Those beyond `self_rotate` are known and stored, and open nothing here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each variant is the scope of that name")]
        pub enum Scope { $($variant),+ }

        impl Scope {
            /// Every known scope.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// GitLab's word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

scopes! {
    Api = "api",
    ReadApi = "read_api",
    ReadUser = "read_user",
    Sudo = "sudo",
    SelfRotate = "self_rotate",
    AdminMode = "admin_mode",
    CreateRunner = "create_runner",
    ManageRunner = "manage_runner",
    K8sProxy = "k8s_proxy",
    AiFeatures = "ai_features",
    ReadRepository = "read_repository",
    WriteRepository = "write_repository",
    ReadRegistry = "read_registry",
    WriteRegistry = "write_registry",
    ReadVirtualRegistry = "read_virtual_registry",
    WriteVirtualRegistry = "write_virtual_registry",
    ReadServicePing = "read_service_ping",
}

impl Scope {
    /// The scope of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == word)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The scopes of one token, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(pub Vec<Scope>);

impl Scopes {
    /// Whether `scope` is among them.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Reads the stored form, words with blanks between; unknown words are dropped.
    pub fn parse(text: &str) -> Self {
        Self(text.split_whitespace().filter_map(Scope::from_word).collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}
