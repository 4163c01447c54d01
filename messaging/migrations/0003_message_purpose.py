from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_hints")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="purpose",
            field=models.CharField(default="care", max_length=10),
        ),
        migrations.AddField(
            model_name="message",
            name="allowed_channels",
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
