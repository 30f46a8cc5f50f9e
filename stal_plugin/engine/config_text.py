"""A config that is written out once, not again for every place that wants its text."""

from mmengine.config import Config


class OnceFormattedConfig(Config):
    """A ``Config`` that keeps its formatted text until a setting changes.

    Formatting takes yapf a second. mmengine asks for the text when it logs the config,
    writes it to the work folder (twice) and puts it into the messages of a run and into
    every checkpoint.
    """

    @classmethod
    def of(cls, cfg: Config) -> "OnceFormattedConfig":
        """Make one that shares its settings with a config.

        Args:
            cfg: Any config.
        """
        new = cls.__new__(cls)
        new.__dict__.update(vars(cfg))
        return new

    @property
    def pretty_text(self) -> str:
        """The config as Python, formatted."""
        settings = repr(self.to_dict())
        known, text = vars(self).get("_formatted", ("", ""))
        if known != settings:
            try:
                text = super().pretty_text
            except SyntaxError as error:  # which mmengine makes of Ctrl-C, too
                if isinstance(error.__context__, KeyboardInterrupt):
                    raise KeyboardInterrupt from None
                raise
            self.__dict__["_formatted"] = settings, text
        return text
